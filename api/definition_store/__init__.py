"""The definitions in use: read, proved, replaced by newer ones, kept where newer ones have errors."""
