#!/bin/sh
# Deploys a commit as soon as its tests have passed, or gives up after half an hour:
#
#     examples/ci_gate_deploy.sh a1b2c3d
#
# It may start before or after ci_gate_tests.sh: --since looks back first.
set -eu
commit=$1

pls follow ci --create --since 1d --timeout 30m --one \
  --where ".data.commit == \"$commit\" and .data.status == \"green\"" > /dev/null

echo "deploying $commit" # Your deploy command goes here.
