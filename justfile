# Shortcuts; the scripts in bin/ are the truth.

# Builds and runs everything with a shop to look at
run *arguments:
    bin/demo {{arguments}}

# Runs the whole test suite; arguments go to nextest
test *arguments:
    bin/test {{arguments}}

# Checks format, clippy, rustdoc, licences and unused dependencies
lint:
    bin/gates fmt lint docs deny unused

# Checks which package may know which
deps:
    bin/gates deps

# Migrates the database that DATABASE_URL names
migrate:
    cargo run -p suite-worker --bin suitectl -- migrate

# Takes every migration back and applies it again, on a fresh private database
migrate-redo:
    bin/gates migrations

# Runs exactly what CI runs
ci:
    .ci/run

# Checks that no file has grown too long
sizes:
    bin/gates sizes

# Measures the main job and prints its ratios
bench-main *arguments:
    bin/bench main {{arguments}}

# Measures every kind of report and its files; arguments are numbers of order lines
bench-reports *arguments:
    bin/bench reports {{arguments}}

# Measures the analysis of a store's stock, beside the same one by pandas
bench-inventory:
    bin/bench inventory

# Breaks everything on purpose and checks that no job is lost or done twice
chaos *arguments:
    bin/chaos {{arguments}}

# Measures the job layer against BullMQ, Celery and stock apalis; arguments are figures
duel *arguments:
    bin/bench duel {{arguments}}

# Measures how many merchants this machine serves: a day of theirs, faster than life
capacity *arguments:
    bin/bench capacity {{arguments}}

# Lives through a month of a hundred merchants with a fault a day, and looks at what came of it
month *arguments:
    bin/bench month {{arguments}}
