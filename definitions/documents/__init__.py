"""What is made from definitions and their schema for people and editors: JSON Schema, reference pages, pictures."""
