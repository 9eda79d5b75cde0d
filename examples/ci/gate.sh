#!/bin/sh
# A pipeline of two jobs in plain shell. They run at the same time; the deploy job waits for the
# green message of the test job in a pool:
#
#     examples/ci/gate.sh a1b2c3d ./run-tests.sh ./deploy-to-staging.sh
#
# It ends as the deploy job does: 0 when it was deployed, 1 when tests or deployment failed, and
# 124 when the test job gave no verdict within CI_TIMEOUT (30m if that is not set).
set -eu
jobs=$(dirname "$0")
commit=$1
tests=$2
deploy=$3
# A name of this run's own: the verdict of an earlier run on the same commit is not its verdict.
run=$commit.$(date +%s).$$

"$jobs/test_job.sh" "$run" "$tests" &
test_job=$!
# Whatever way this ends, the test job does not outlive it.
trap 'kill "$test_job" 2>/dev/null || true; wait' EXIT
trap 'exit 143' HUP INT TERM

"$jobs/deploy_job.sh" "$run" "$deploy"
