//! Files in which each row is a thing to sell, or how much of it there is: Shopify's exports of products and of stock, and
//! plain counts.
//!
//! Where an export has no SKUs, a variant is known by its product's handle and its option values. Pictures that have rows of
//! their own say nothing of goods.

mod columns;
mod row;

pub use columns::GoodsColumns;
pub use row::{GoodsReader, GoodsRow, Price, ProductText, StockRow};
