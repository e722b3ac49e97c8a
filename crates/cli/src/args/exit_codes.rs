//! The exit codes, at the end of `--help`.

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  done; also after Ctrl-C or SIGTERM
  1  an error without a code of its own
  2  the command line is wrong
  3  the RPC address cannot be used, usually because the port is in use
  4  another node is running on the home directory
  5  the home directory is missing, incomplete, inconsistent or from another
     version
  6  the chain refused the transaction, or it was not sent because it would
     fail: nothing is paid
  7  the transaction ran and failed: its gas is spent
  8  no node answered, or the node does not have what was asked for
  9  no key on this machine can do this, or the place for keys cannot be used
  10 something irreversible was not confirmed
  11 a transaction may or may not run: look up its hash before you try again
  12 a check found something: a signature that proves nothing, a finding of
     --fail-on, a problem with a key file";
