//! What keeps merchants apart: the API's answers, and the second wall in the database.

mod foreign_ids;
mod row_level_security;
mod schema;
