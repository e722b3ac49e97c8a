# What the stories share; each of them sources this file.

# Runs a command that must be refused, and for the reason that is meant:
# `refused EXIT_CODE TEXT COMMAND…` fails unless the command ends with that code and says that text.
refused() {
  local code=$1 text=$2 said status=0
  shift 2
  said=$("$@" 2>&1 < "${answers:-/dev/null}") || status=$?
  if [ "$status" -ne "$code" ]; then
    echo "exit code $status, not $code: $*" >&2
  elif [[ $said != *"$text"* ]]; then
    echo "refused without the words \"$text\": $*" >&2
  else
    return 0
  fi
  echo "$said" >&2
  exit 1
}
