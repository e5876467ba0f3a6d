"""Stanchion on one machine: its embedded server, its processes, its folder, its demonstration."""
