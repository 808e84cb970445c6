# shellcheck shell=bash
# What scripts/demo and scripts/test share; read by them, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The number of compilations to run at a time: one a processor, and no more than memory holds at 1.5 GB each.
job_count() {
  local cores memory limit
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo 2>/dev/null || true)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || true)
  if [[ $limit =~ ^[0-9]+$ ]] && ((limit / 1048576 < ${memory:-0})); then
    memory=$((limit / 1048576))
  fi
  if [[ -n $memory ]] && ((memory / 1536 < cores)); then
    cores=$((memory / 1536))
  fi
  echo $((cores > 1 ? cores : 1))
}

# prepare PRESET [TARGET]: sets up, configures and builds. Its output goes to standard error, so that standard output is
# left to what the script is run for.
prepare() {
  local preset=$1 log status=0
  shift
  "$root/scripts/setup"
  # Also seen by builds that tests start.
  export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(job_count)}
  (
    cd "$root" || exit
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    cmake --preset "$preset" >"$log" 2>&1 || status=$?
    if ((status)); then
      cat "$log" >&2
      exit "$status"
    fi
    cmake --build --preset "$preset" "${@/#/--target=}" >&2
  )
}
