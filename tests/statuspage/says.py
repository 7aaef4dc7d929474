"""A program that says what it is, and then ends with the code that it is told, or waits."""

import os
import sys
import time

_ours = [name for name in sys.modules if name.startswith(("statuspage", "incidents", "subscribers"))]
print(f"{sys.argv} in {os.getcwd()}")
print(sorted(os.environ))
print(f"leads {os.getsid(0)}, open {sorted(int(name) for name in os.listdir('/proc/self/fd'))[:-1]}")
print(_ours or "nothing of the site is loaded", flush=True)
match sys.argv[1:]:
    case ["end", code]:
        sys.exit(int(code))
    case ["wait"]:
        print("waits", flush=True)
        time.sleep(600)
