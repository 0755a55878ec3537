"""A module for each command: it reads options, calls a wing and prints. Begin with the command that you typed."""
