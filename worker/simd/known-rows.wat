;; Rows of one shape out of a program's answers. `npm run build:wasm` makes known-rows.wasm.ts of it.
;; A literal is what stands before a value: its length in 16 bytes, then its bytes, filled up to a multiple of 16.
(module
  (memory (export "memory") 4)

  (func $digits (param $at i32) (result i32)
    (loop $next
      (if (i32.lt_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)) (i32.const 10))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (local.get $at))

  ;; Of at most 18 digits, 40 behind the point, and without an exponent: within every reader's range.
  (func $number (param $first i32) (result i32)
    (local $at i32) (local $point i32)
    (if (i32.eq (i32.load8_u (local.get $first)) (i32.const 0x2d)) ;; '-'
      (then (local.set $first (i32.add (local.get $first) (i32.const 1)))))
    (local.set $at (call $digits (local.get $first)))
    (if (i32.gt_u (i32.sub (i32.sub (local.get $at) (local.get $first)) (i32.const 1)) (i32.const 17)) (then (return (i32.const -1))))
    (if (i32.and
          (i32.eq (i32.load8_u (local.get $first)) (i32.const 0x30)) ;; '0'
          (i32.gt_u (local.get $at) (i32.add (local.get $first) (i32.const 1))))
      (then (return (i32.const -1))))
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x2e)) (then (return (local.get $at)))) ;; '.'
    (local.set $point (local.get $at))
    (local.set $at (call $digits (i32.add (local.get $at) (i32.const 1))))
    (if (i32.gt_u (i32.sub (i32.sub (local.get $at) (local.get $point)) (i32.const 2)) (i32.const 39)) (then (return (i32.const -1))))
    (local.get $at))

  (func $isHex (param $byte i32) (result i32)
    (i32.or
      (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10))
      (i32.lt_u (i32.sub (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x61)) (i32.const 6))))

  ;; Behind an escape whose backslash is at $at, -1 where it is none.
  (func $escape (param $at i32) (result i32)
    (local $byte i32) (local $end i32)
    (local.set $byte (i32.load8_u (i32.add (local.get $at) (i32.const 1))))
    (local.set $at (i32.add (local.get $at) (i32.const 2)))
    (if (i32.ne (local.get $byte) (i32.const 0x75)) ;; 'u'
      (then
        (if (i32.eq (local.get $byte) (i32.const 0x22)) (then (return (local.get $at)))) ;; '"'
        (if (i32.eq (local.get $byte) (i32.const 0x5c)) (then (return (local.get $at)))) ;; '\'
        (if (i32.eq (local.get $byte) (i32.const 0x2f)) (then (return (local.get $at)))) ;; '/'
        (if (i32.eq (local.get $byte) (i32.const 0x62)) (then (return (local.get $at)))) ;; 'b'
        (if (i32.eq (local.get $byte) (i32.const 0x66)) (then (return (local.get $at)))) ;; 'f'
        (if (i32.eq (local.get $byte) (i32.const 0x6e)) (then (return (local.get $at)))) ;; 'n'
        (if (i32.eq (local.get $byte) (i32.const 0x72)) (then (return (local.get $at)))) ;; 'r'
        (if (i32.eq (local.get $byte) (i32.const 0x74)) (then (return (local.get $at)))) ;; 't'
        (return (i32.const -1))))
    (local.set $end (i32.add (local.get $at) (i32.const 4)))
    (loop $next
      (if (i32.eqz (call $isHex (i32.load8_u (local.get $at)))) (then (return (i32.const -1))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (local.get $at))

  ;; A line feed ends it at the latest.
  (func $string (param $at i32) (result i32)
    (local $here v128) (local $mask i32) (local $byte i32)
    (loop $next
      (local.set $here (v128.load (local.get $at)))
      (local.set $mask
        (i8x16.bitmask
          (v128.or
            (i8x16.lt_u (local.get $here) (i8x16.splat (i32.const 0x20)))
            (v128.or
              (i8x16.eq (local.get $here) (i8x16.splat (i32.const 0x22)))    ;; '"'
              (i8x16.eq (local.get $here) (i8x16.splat (i32.const 0x5c)))))));; '\'
      (if (i32.eqz (local.get $mask))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $next)))
      (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $mask))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x22)) (then (return (i32.add (local.get $at) (i32.const 1)))))
      (if (i32.lt_u (local.get $byte) (i32.const 0x20)) (then (return (i32.const -1))))
      (local.set $at (call $escape (local.get $at)))
      (br_if $next (i32.ne (local.get $at) (i32.const -1))))
    (i32.const -1))

  ;; Behind the string, number, boolean or null at $at, -1 where there is none.
  (func $scalar (param $at i32) (result i32)
    (local $word i32)
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x22))
      (then (return (call $string (i32.add (local.get $at) (i32.const 1))))))
    (local.set $word (i32.load (local.get $at)))
    (if (i32.or
          (i32.eq (local.get $word) (i32.const 0x65757274))  ;; 'true'
          (i32.eq (local.get $word) (i32.const 0x6c6c756e))) ;; 'null'
      (then (return (i32.add (local.get $at) (i32.const 4)))))
    (if (i32.and
          (i32.eq (local.get $word) (i32.const 0x736c6166))  ;; 'fals'
          (i32.eq (i32.load8_u (i32.add (local.get $at) (i32.const 4))) (i32.const 0x65))) ;; 'e'
      (then (return (i32.add (local.get $at) (i32.const 5)))))
    (call $number (local.get $at)))

  ;; Behind the last value of a line that has these literals before its values, -1 where it has not.
  (func $values (param $at i32) (param $literal i32) (param $columns i32) (result i32)
    (local $left i32) (local $here i32)
    (loop $column
      (local.set $left (i32.load (local.get $literal)))
      (loop $piece
        (local.set $literal (i32.add (local.get $literal) (i32.const 16)))
        (local.set $here (select (local.get $left) (i32.const 16) (i32.lt_u (local.get $left) (i32.const 16))))
        ;; Bits of bytes that do not count are set.
        (if (i32.ne
              (i32.or
                (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (v128.load (local.get $literal))))
                (i32.shl (i32.const -1) (local.get $here)))
              (i32.const -1))
          (then (return (i32.const -1))))
        (local.set $at (i32.add (local.get $at) (local.get $here)))
        (local.set $left (i32.sub (local.get $left) (local.get $here)))
        (br_if $piece (local.get $left)))
      (local.set $literal (i32.add (local.get $literal) (i32.const 16)))
      (local.set $at (call $scalar (local.get $at)))
      (if (i32.eq (local.get $at) (i32.const -1)) (then (return (i32.const -1))))
      (local.set $columns (i32.sub (local.get $columns) (i32.const 1)))
      (br_if $column (local.get $columns)))
    (local.get $at))

  ;; Copies the rows of the lines from $at on, as long as they are of the shape, from $out on, each with a line feed. Answers
  ;; how many, $most at most; where it came to stands in bytes 0 (of the lines) and 4 (of the rows).
  (func (export "run")
    (param $at i32) (param $end i32) (param $out i32) (param $literals i32) (param $columns i32) (param $rowAt i32) (param $most i32)
    (result i32)
    (local $count i32) (local $to i32) (local $from i32) (local $write i32)
    (block $done
      (loop $line
        (br_if $done (i32.or (i32.ge_u (local.get $at) (local.get $end)) (i32.ge_u (local.get $count) (local.get $most))))
        (local.set $to (call $values (local.get $at) (local.get $literals) (local.get $columns)))
        (br_if $done (i32.eq (local.get $to) (i32.const -1)))
        (br_if $done (i32.ne (i32.load16_u (local.get $to)) (i32.const 0x7d7d))) ;; '}}'
        (local.set $from (i32.add (local.get $at) (local.get $rowAt)))
        (local.set $write (local.get $out))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        ;; Behind the answer's brace, and a carriage return.
        (local.set $at (i32.add (local.get $to) (i32.const 1)))
        (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x0d)) (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
        (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x0a))
          (then
            (local.set $at (i32.sub (local.get $from) (local.get $rowAt)))
            (br $done)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $out (i32.add (local.get $out) (i32.sub (local.get $to) (local.get $from))))
        (loop $copy
          (v128.store (local.get $write) (v128.load (local.get $from)))
          (local.set $write (i32.add (local.get $write) (i32.const 16)))
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (br_if $copy (i32.lt_u (local.get $from) (local.get $to))))
        (i32.store8 (local.get $out) (i32.const 0x0a))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br $line)))
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $out))
    (local.get $count)))
