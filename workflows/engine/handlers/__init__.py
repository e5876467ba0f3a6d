"""One module for each kind of event that a ticket takes."""
