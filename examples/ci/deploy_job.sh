#!/bin/sh
# The deploy job: waits for the verdict of the test job, and deploys when it is green.
#
#     examples/ci/deploy_job.sh a1b2c3d.1 ./deploy-to-staging.sh
#
# It may start before the test job or after it. It ends with 1 when the verdict is red, and with
# 124 when there is none within CI_TIMEOUT, 30m if that is not set: a test job that died, or never
# started, deploys nothing.
set -eu
run=$1
shift
pool=${CI_POOL:-ci}
# A pool of a server is made there, once and for all.
create=--create
case $pool in *:*) create= ;; esac
timeout=${CI_TIMEOUT:-30m}

case $run in
  *[!A-Za-z0-9._-]*)
    echo "deploy: a run is named with letters, digits, dots, dashes and underscores: $run" >&2
    exit 2
    ;;
esac

code=0
verdict=$(pls follow "$pool" ${create:+"$create"} --since 1d --one --jsonl --data-only \
  --timeout "$timeout" --where ".data.run == \"$run\"") || code=$?
case $code in
  0) ;;
  124)
    echo "deploy: no verdict on $run within $timeout; not deployed" >&2
    exit 124
    ;;
  *)
    echo "deploy: can't wait for the verdict on $run; not deployed" >&2
    exit "$code"
    ;;
esac

case $verdict in
  *'"status":"green"'*) "$@" ;;
  *)
    echo "deploy: the tests of $run failed; not deployed" >&2
    exit 1
    ;;
esac
