while read -r line; do printf '{"ok": %s}\n' "$line"; done
