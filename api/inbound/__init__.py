"""Events from outside: webhooks and CloudEvents, the triggers that they meet, the tickets that they start or wake."""
