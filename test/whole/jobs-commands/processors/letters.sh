# Copies files from folder $1 to folder $2, and tells in file $3 of those that it leaves out.
for path in "$1"/*; do
  name=$(basename "$path")
  case "$(cat "$path")" in
    *drop*) echo "{\"file\": \"$name\", \"filter\": true}" >> "$3" ;;
    *bad*) echo "{\"file\": \"$name\", \"skip\": \"says bad\"}" >> "$3" ;;
    *) mkdir -p "$2/kept" && cp "$path" "$2/kept/$name" ;;
  esac
done
