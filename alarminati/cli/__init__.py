"""The command line: reads arguments, calls the layers below and prints. Nothing else prints."""
