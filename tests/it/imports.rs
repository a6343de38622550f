//! Files of invoice lines, from the upload to the sums.

mod broken;
mod crash;
mod goods;
mod hostile;
mod known_rows;
mod real_file;
mod rebuild;
mod reference;
mod rows;
mod shopify_orders;
mod state;
mod together;
mod uploads;
