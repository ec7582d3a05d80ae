"""The exit codes of every command."""

FINE = 0
FAILED = 1  # a check or a run
WRONG_USAGE = 2
INTERRUPTED = 130  # by Ctrl-C, as a shell has it: 128 + SIGINT
READER_GONE = 141  # nobody reads stdout any more: 128 + SIGPIPE
