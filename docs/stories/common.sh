# Functions that the stories share. Each story sources this file.

# Runs a command that must be refused for a given reason:
# `refused EXIT_CODE TEXT COMMAND…` fails unless the command ends with EXIT_CODE and prints TEXT.
refused() {
  local code=$1 text=$2 said status=0
  shift 2
  said=$("$@" 2>&1 < "${answers:-/dev/null}") || status=$?
  if [ "$status" -ne "$code" ]; then
    echo "exit code $status, not $code: $*" >&2
  elif [[ $said != *"$text"* ]]; then
    echo "refused, but without the text \"$text\": $*" >&2
  else
    return 0
  fi
  echo "$said" >&2
  exit 1
}
