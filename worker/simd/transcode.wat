;; Records of delimited text as lines of JSON. `npm run build:wasm` makes transcode.wasm.ts of it.
;; A label is what stands before a value: its length in 16 bytes, then its bytes, filled up to a multiple of 16.
(module
  (memory (export "memory") 9)

  ;; Copies a field's bytes as far as they can be copied as they are; where that ends stands in bytes 0 (of the field) and 4 (of the copy).
  (func $copied (param $at i32) (param $out i32) (param $delimiter v128) (param $quote v128) (param $escape v128)
    (local $here v128) (local $mask i32)
    (loop $next
      (local.set $here (v128.load (local.get $at)))
      (v128.store (local.get $out) (local.get $here))
      (local.set $mask
        (i8x16.bitmask
          (v128.or
            (v128.or
              (i8x16.lt_u (local.get $here) (i8x16.splat (i32.const 0x20)))
              (i8x16.eq (local.get $here) (local.get $delimiter)))
            (v128.or
              (v128.or
                (i8x16.eq (local.get $here) (i8x16.splat (i32.const 0x22)))  ;; '"'
                (i8x16.eq (local.get $here) (i8x16.splat (i32.const 0x5c)))) ;; '\'
              (v128.or
                (i8x16.eq (local.get $here) (local.get $quote))
                (i8x16.eq (local.get $here) (local.get $escape)))))))
      (if (i32.eqz (local.get $mask))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (local.set $out (i32.add (local.get $out) (i32.const 16)))
          (br $next))))
    (i32.store (i32.const 0) (i32.add (local.get $at) (i32.ctz (local.get $mask))))
    (i32.store (i32.const 4) (i32.add (local.get $out) (i32.ctz (local.get $mask)))))

  ;; Writes records $index to $count, whose first and last bytes stand in $starts and $ends, from $out on, as long as they
  ;; are plain and there is room to $limit for $around bytes more than each has. Answers the first that is not written; where
  ;; the lines end stands in byte 8. Behind the last record there must be a line feed.
  (func (export "run")
    (param $index i32) (param $count i32) (param $out i32) (param $limit i32) (param $starts i32) (param $ends i32)
    (param $labels i32) (param $columns i32) (param $around i32) (param $delimiter i32) (param $quote i32) (param $escape i32)
    (result i32)
    (local $at i32) (local $end i32) (local $write i32) (local $label i32) (local $column i32) (local $left i32)
    (local $content i32) (local $quoted i32)
    (local $delimiters v128) (local $quotes v128) (local $escapes v128)
    (local.set $delimiters (i8x16.splat (local.get $delimiter)))
    (local.set $quotes (i8x16.splat (local.get $quote)))
    (local.set $escapes (i8x16.splat (local.get $escape)))
    (block $done
      (loop $record
        (br_if $done (i32.ge_u (local.get $index) (local.get $count)))
        (local.set $at (i32.load (i32.add (local.get $starts) (i32.shl (local.get $index) (i32.const 2)))))
        (local.set $end (i32.load (i32.add (local.get $ends) (i32.shl (local.get $index) (i32.const 2)))))
        (br_if $done
          (i32.gt_u
            (i32.add (local.get $out) (i32.add (local.get $around) (i32.sub (local.get $end) (local.get $at))))
            (local.get $limit)))
        (local.set $write (local.get $out))
        (local.set $label (local.get $labels))
        (local.set $column (local.get $columns))
        (loop $field
          (br_if $done (i32.gt_u (local.get $at) (local.get $end)))
          ;; The label.
          (local.set $left (i32.load (local.get $label)))
          (local.set $content (i32.add (local.get $write) (local.get $left)))
          (loop $piece
            (local.set $label (i32.add (local.get $label) (i32.const 16)))
            (v128.store (local.get $write) (v128.load (local.get $label)))
            (local.set $write (i32.add (local.get $write) (i32.const 16)))
            (br_if $piece (i32.lt_u (local.get $write) (local.get $content))))
          (local.set $label (i32.add (local.get $label) (i32.const 16)))
          ;; The value, behind room for a quote.
          (local.set $content (i32.add (local.get $content) (i32.const 1)))
          (local.set $write (local.get $content))
          (local.set $quoted
            (i32.and
              (i32.lt_u (local.get $at) (local.get $end))
              (i32.eq (i32.load8_u (local.get $at)) (local.get $quote))))
          (local.set $at (i32.add (local.get $at) (local.get $quoted)))
          (loop $more
            (call $copied (local.get $at) (local.get $write) (local.get $delimiters) (local.get $quotes) (local.get $escapes))
            (local.set $at (i32.load (i32.const 0)))
            (local.set $write (i32.load (i32.const 4)))
            ;; A delimiter within quotes, which is copied already.
            (if (i32.and (local.get $quoted) (i32.eq (i32.load8_u (local.get $at)) (local.get $delimiter)))
              (then
                (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (local.set $write (i32.add (local.get $write) (i32.const 1)))
                (br $more))))
          (if (local.get $quoted)
            (then
              (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
              (br_if $done (i32.ne (i32.load8_u (local.get $at)) (local.get $quote)))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))))
          (br_if $done
            (i32.and
              (i32.lt_u (local.get $at) (local.get $end))
              (i32.ne (i32.load8_u (local.get $at)) (local.get $delimiter))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          ;; Its quotes, or null in the place of nothing.
          (if (i32.eq (local.get $write) (local.get $content))
            (then
              (i32.store (i32.sub (local.get $content) (i32.const 1)) (i32.const 0x6c6c756e)) ;; 'null'
              (local.set $write (i32.add (local.get $content) (i32.const 3))))
            (else
              (i32.store8 (i32.sub (local.get $content) (i32.const 1)) (i32.const 0x22))
              (i32.store8 (local.get $write) (i32.const 0x22))
              (local.set $write (i32.add (local.get $write) (i32.const 1)))))
          (local.set $column (i32.sub (local.get $column) (i32.const 1)))
          (br_if $field (local.get $column)))
        ;; Behind the last field there is no delimiter.
        (br_if $done (i32.ne (local.get $at) (i32.add (local.get $end) (i32.const 1))))
        ;; In place of the first label's comma.
        (i32.store8 (local.get $out) (i32.const 0x7b))
        (i32.store8 (local.get $write) (i32.const 0x7d))
        (i32.store8 (i32.add (local.get $write) (i32.const 1)) (i32.const 0x0a))
        (local.set $out (i32.add (local.get $write) (i32.const 2)))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $record)))
    (i32.store (i32.const 8) (local.get $out))
    (local.get $index)))
