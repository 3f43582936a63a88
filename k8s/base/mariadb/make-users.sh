# shellcheck shell=bash
# Makes the ledger's users, when the database is made: the image's own start-up script reads this file, in its shell.
#
# Passwords are files in /run/secrets/mariadb, or in the folder that MARIADB_PASSWORDS names.

atmos_password() {
    local password
    password=$(cat "${MARIADB_PASSWORDS:-/run/secrets/mariadb}/$1")
    case $password in
        '' | *[!A-Za-z0-9_-]*)
            echo "make-users.sh: the password of $1 must be letters, digits, _ and - only" >&2
            return 1
            ;;
    esac
    printf '%s' "$password"
}

# Who makes tables and changes them; only while a sql-client starts.
atmos_migrations=$(atmos_password atmos_migrations) || exit 1
# The sql-clients: rows, but no tables, and nothing is ever deleted.
atmos=$(atmos_password atmos) || exit 1
# Readers, such as notebooks.
atmos_reader=$(atmos_password atmos_reader) || exit 1

docker_process_sql <<SQL
CREATE USER 'atmos_migrations'@'%' IDENTIFIED BY '$atmos_migrations';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES, DROP,
    CREATE VIEW, SHOW VIEW ON \`atmos\`.* TO 'atmos_migrations'@'%';
CREATE USER 'atmos'@'%' IDENTIFIED BY '$atmos' WITH MAX_USER_CONNECTIONS 100;
GRANT SELECT, INSERT, UPDATE ON \`atmos\`.* TO 'atmos'@'%';
CREATE USER 'atmos_reader'@'%' IDENTIFIED BY '$atmos_reader' WITH MAX_USER_CONNECTIONS 20;
GRANT SELECT ON \`atmos\`.* TO 'atmos_reader'@'%';
SQL
unset atmos_migrations atmos atmos_reader
