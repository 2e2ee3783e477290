# Answers every record: keeps it as it is, but drops what holds "drop" and gives up on what holds "skip".
while IFS= read -r line; do
  case "$line" in
    *drop*) echo '{"filter": true}' ;;
    *skip*) echo '{"skip": "told to"}' ;;
    *) echo "{\"ok\": $line}" ;;
  esac
done
