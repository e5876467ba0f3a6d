"""The handlers of the events that a ticket takes, a module for each kind of event."""
