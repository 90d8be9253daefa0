"""Runs a program in a session of its own, and ends all of it when standard input ends.

    keeper.py OUTPUT ERRORS PROGRAM [ARGUMENT...]

Standard input is a pipe from the process that wants the program: when that process dies, however
suddenly, the pipe ends and so does the program with everything it started. Each line read is the
name of a signal for the whole group; `done` is the reply once it is sent.
"""
import os
import signal
import subprocess
import sys
import threading


def send(name):
    try:
        os.killpg(program.pid, getattr(signal, name))
    except ProcessLookupError:
        pass


def obey():
    for line in sys.stdin:
        send(line.strip())
        print("done", flush=True)
    send("SIGKILL")


with open(sys.argv[1], "ab") as output, open(sys.argv[2], "ab") as errors:
    try:
        program = subprocess.Popen(sys.argv[3:], stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=errors, start_new_session=True)
    except OSError as reason:
        errors.write(b"%s\n" % str(reason).encode())
        sys.exit(1)
threading.Thread(target=obey, daemon=True).start()
status = program.wait()
send("SIGKILL")
# Without the interpreter's own shutdown: the other thread may hold standard input.
os._exit(0 if status == 0 else 1)
