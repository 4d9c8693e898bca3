"""An evidence pack is one file that tells a trade to one reader, and proves it to somebody who doesn't trust us."""
