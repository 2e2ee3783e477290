"""Next to nothing but the pipes: every record is its own answer."""

import sys

write = sys.stdout.buffer.write
for line in sys.stdin.buffer:
    write(b'{"ok":' + line[:-1] + b"}\n")
