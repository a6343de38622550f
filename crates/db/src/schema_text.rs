//! Writes `schema.rs` from the database as it is, so that the gate can compare the two. diesel's own tool needs libpq.

use std::{collections::BTreeMap, fmt::Write};

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Bool, Text},
};
use diesel_async::RunQueryDsl;

use crate::{DbResult, FleetTx};

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    type_name: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    #[diesel(sql_type = Text)]
    primary_key: String,
}

/// Returns the text that `crates/db/src/schema.rs` must have.
///
/// # Errors
/// When the catalogue cannot be read.
pub async fn print(tx: &mut FleetTx) -> DbResult<String> {
    let columns: Vec<Column> = sql_query(
        "SELECT c.relname::text AS table_name, a.attname::text AS column_name, t.typname::text AS type_name,
                NOT a.attnotnull AS nullable,
                (SELECT string_agg(k.attname, ', ' ORDER BY array_position(i.indkey::int2[], k.attnum))
                   FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey::int2[])
                  WHERE i.indrelid = c.oid AND i.indisprimary)::text AS primary_key
           FROM pg_class c
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           JOIN pg_type t ON t.oid = a.atttypid
          WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
            AND NOT c.relispartition AND c.relname <> '__diesel_schema_migrations'
          ORDER BY c.relname, a.attnum",
    )
    .load(&mut **tx)
    .await?;
    Ok(render(columns))
}

fn render(columns: Vec<Column>) -> String {
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for column in columns {
        tables
            .entry(column.table_name.clone())
            .or_default()
            .push(column);
    }
    let mut text = String::from(
        "// Written by `suitectl schema`; the gate compares it with the migrated database.\n\
         #![allow(missing_docs, reason = \"written by a program\")]\n",
    );
    for (table, columns) in &tables {
        let key = &columns[0].primary_key;
        // Writing to a String cannot fail.
        let _ = write!(text, "\ndiesel::table! {{\n    {table} ({key}) {{\n");
        for column in columns {
            let rust = rust_type(&column.type_name);
            let rust = if column.nullable {
                format!("Nullable<{rust}>")
            } else {
                rust
            };
            let _ = writeln!(text, "        {} -> {rust},", column.column_name);
        }
        text.push_str("    }\n}\n");
    }
    text.push_str("\ndiesel::allow_tables_to_appear_in_same_query!(\n");
    for table in tables.keys() {
        let _ = writeln!(text, "    {table},");
    }
    text.push_str(");\n");
    text
}

fn rust_type(name: &str) -> String {
    if let Some(element) = name.strip_prefix('_') {
        return format!("Array<Nullable<{}>>", rust_type(element));
    }
    let mut characters = name.chars();
    characters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + characters.as_str())
        .unwrap_or_default()
}
