"""The definitions that are in use: read, proved, replaced by newer ones, kept when those are wrong."""
