"""The values of the engine: what a ticket remembers, what happens to it, what it asks of the world."""
