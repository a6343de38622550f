//! Files of invoice lines, from the upload to the sums.

mod broken;
mod crash;
mod goods;
mod known_rows;
mod real_file;
mod reference;
mod rows;
mod state;
mod together;
mod uploads;
