"""Who may do what with a ticket, and who may see it."""
