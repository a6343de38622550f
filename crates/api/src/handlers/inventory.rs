//! Stock: what lies where, what changed it, and the acts that change it.

mod act;
mod analyses;
mod checks;
mod documents;
mod levels;
mod lines;
mod movements;
mod receipts;
mod terms;

pub(crate) use act::{__path_adjust, __path_count, __path_transfer, adjust, count, transfer};
pub(crate) use analyses::{
    __path_analysis, __path_items, __path_list as __path_analyses, __path_start, analysis, items,
    list as analyses, start,
};
pub(crate) use checks::{
    __path_check, __path_list as __path_checks, __path_start as __path_start_check, check,
    list as checks, start as start_check,
};
pub(crate) use documents::{__path_get, __path_list as __path_documents, get, list as documents};
pub(crate) use levels::{__path_list as __path_levels, list as levels};
pub(crate) use movements::{__path_list as __path_movements, list as movements};
pub(crate) use receipts::{__path_receive, receive};
pub(crate) use terms::{
    __path_get_terms, __path_put_terms, __path_put_threshold, get_terms, put_terms, put_threshold,
};
