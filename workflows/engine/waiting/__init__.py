"""What a state waits for: approvals, tasks, runs, children; and the timers of its transitions."""
