"""Events from outside: webhooks and CloudEvents, the triggers that take them, the tickets that they start or move."""
