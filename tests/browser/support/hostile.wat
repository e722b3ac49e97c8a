;; A contract that shows whatever it is given, and has a method with a hostile name.
(module
  (import "env" "input" (func $input (param i64)))
  (import "env" "register_len" (func $length (param i64) (result i64)))
  (import "env" "read_register" (func $read (param i64 i64)))
  (import "env" "log_utf8" (func $log (param i64 i64)))
  (import "env" "panic_utf8" (func $panic (param i64 i64)))
  (import "env" "storage_write" (func $write (param i64 i64 i64 i64 i64) (result i64)))
  (import "env" "value_return" (func $return (param i64 i64)))
  (memory 4)
  (func $take (result i64)
    i64.const 0 call $input
    i64.const 0 i64.const 0 call $read
    i64.const 0 call $length)
  ;; Logs its argument.
  (func $say (export "say") call $take i64.const 0 call $log)
  ;; Writes its argument to the storage, under a key of its first 64 bytes, and returns it.
  (func (export "keep") (local $all i64)
    call $take local.set $all
    i64.const 64 i64.const 0 local.get $all i64.const 0 i64.const 1 call $write drop
    local.get $all i64.const 0 call $return)
  ;; Fails with its argument.
  (func (export "fail") call $take i64.const 0 call $panic)
  (func (export "<img src=x onerror=alert(1)>") call $say))
