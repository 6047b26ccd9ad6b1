"""What each command does, one module each; nothing here prints.

What is heavy is imported in the function that needs it: `list` and `preview` pass through here too.
"""
