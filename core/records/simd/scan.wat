;; Looks at sixteen bytes of text at a time. `npm run build:wasm` makes scan.wasm.ts of it.
;; Text lies from byte 16 on; the 16 bytes before are those before it, the 16 behind its end are zero.
(module
  (memory (export "memory") 2)

  ;; Bit 0: one of e E x X b B follows a digit. Bit 1: a minus follows a colon and one or two characters. Bit 2: _ follows a digit.
  ;; Bit 3: there is a plus. Bit 4: there is a point.
  (func (export "look") (param $end i32) (result i32)
    (local $at i32) (local $here v128) (local $lower v128) (local $digits v128)
    (local $letters v128) (local $dashes v128) (local $underscores v128) (local $pluses v128) (local $points v128)
    (local.set $at (i32.const 16))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $here (v128.load (local.get $at)))
        (local.set $lower (v128.or (local.get $here) (i8x16.splat (i32.const 0x20))))
        (local.set $digits ;; '0' to '9', one byte before
          (i8x16.lt_u
            (i8x16.sub (v128.load (i32.sub (local.get $at) (i32.const 1))) (i8x16.splat (i32.const 0x30)))
            (i8x16.splat (i32.const 10))))
        (local.set $letters
          (v128.or (local.get $letters)
            (v128.and (local.get $digits)
              (v128.or
                (i8x16.eq (local.get $lower) (i8x16.splat (i32.const 0x65)))    ;; 'e'
                (v128.or
                  (i8x16.eq (local.get $lower) (i8x16.splat (i32.const 0x78)))  ;; 'x'
                  (i8x16.eq (local.get $lower) (i8x16.splat (i32.const 0x62)))))))) ;; 'b'
        (local.set $underscores
          (v128.or (local.get $underscores)
            (v128.and (local.get $digits) (i8x16.eq (local.get $here) (i8x16.splat (i32.const 0x5f)))))) ;; '_'
        (local.set $pluses
          (v128.or (local.get $pluses) (i8x16.eq (local.get $here) (i8x16.splat (i32.const 0x2b))))) ;; '+'
        (local.set $points
          (v128.or (local.get $points) (i8x16.eq (local.get $here) (i8x16.splat (i32.const 0x2e))))) ;; '.'
        (local.set $dashes
          (v128.or (local.get $dashes)
            (v128.and
              (i8x16.eq (local.get $here) (i8x16.splat (i32.const 0x2d))) ;; '-'
              (v128.or ;; ':'
                (i8x16.eq (v128.load (i32.sub (local.get $at) (i32.const 2))) (i8x16.splat (i32.const 0x3a)))
                (i8x16.eq (v128.load (i32.sub (local.get $at) (i32.const 3))) (i8x16.splat (i32.const 0x3a)))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (i32.or
      (v128.any_true (local.get $letters))
      (i32.or
        (i32.or
          (i32.shl (v128.any_true (local.get $dashes)) (i32.const 1))
          (i32.shl (v128.any_true (local.get $underscores)) (i32.const 2)))
        (i32.or
          (i32.shl (v128.any_true (local.get $pluses)) (i32.const 3))
          (i32.shl (v128.any_true (local.get $points)) (i32.const 4))))))

  ;; Writes the places of all line feeds from `out` on, four bytes each; answers where the last one ends.
  (func (export "feeds") (param $end i32) (param $out i32) (result i32)
    (local $at i32) (local $mask i32)
    (local.set $at (i32.const 16))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $mask (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 0x0a)))))
        (block $clear
          (loop $bits
            (br_if $clear (i32.eqz (local.get $mask)))
            (i32.store (local.get $out) (i32.add (local.get $at) (i32.ctz (local.get $mask))))
            (local.set $out (i32.add (local.get $out) (i32.const 4)))
            (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
            (br $bits)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (local.get $out)))
