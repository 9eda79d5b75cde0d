#!/bin/sh
# The test job: runs the tests and sends the verdict, green or red, to the pool.
#
#     examples/ci/test_job.sh a1b2c3d.1 ./run-tests.sh
#
# The first argument names this run of the pipeline. Name every run anew, a repeated one too: the
# verdict of an earlier one would count otherwise. CI_POOL is the pool: `ci`, or one of a server.
set -eu
run=$1
shift
pool=${CI_POOL:-ci}
# A pool of a server is made there, once and for all.
create=--create
case $pool in *:*) create= ;; esac

verdict() {
  pls feed "$pool" ${create:+"$create"} --tag "$1" "{\"run\": \"$run\", \"status\": \"$1\"}" >/dev/null
}

# In the background, so that being cancelled is noticed: then the verdict is red, too.
"$@" &
tests=$!
trap 'kill "$tests" 2>/dev/null || true; verdict red; exit 143' HUP INT TERM

status=green
wait "$tests" || status=red
# From here on there is a verdict, and only one.
trap '' HUP INT TERM
verdict "$status"
[ "$status" = green ]
