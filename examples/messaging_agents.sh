#!/bin/sh
# Two agents hand work to each other: a planner gives a task, a builder does it and answers. Each of
# them could as well be typed into a terminal of its own:
#
#     examples/messaging_agents.sh 'resize cat.png'
#
# It prints what the builder answers, and ends with 0.
set -eu
task=$1

# Who says what does not depend on the terminal: each agent is a session of its own.
as() {
  PLS_SESSION=$1
  export PLS_SESSION
  shift
  "$@"
}

builder() {
  # The last line is the message; the one before says where it came.
  message=$(as builder pls await inbox --json | tail -n 1)
  id=$(printf '%s\n' "$message" | sed 's/^{"id":"\([^"]*\)".*/\1/')
  sender=$(printf '%s\n' "$message" | sed 's/.*"sender":"\([^"]*\)".*/\1/')
  as builder pls send "$sender" "done by the builder" --in-reply-to "$id"
}

as builder pls connect builder
as planner pls connect planner
builder &
# Whatever way this ends, the builder does not outlive it.
trap 'kill $! 2>/dev/null || true; wait' EXIT
trap 'exit 143' HUP INT TERM

as planner pls send builder "$task"
as planner pls await inbox --bare
