"""All commands as one."""
