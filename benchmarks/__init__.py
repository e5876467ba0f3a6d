"""What things cost; each module is a command of its own."""
