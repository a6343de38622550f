//! Registering, logging in and out.
//!
//! None of the answers tells whether an address is known: not by status, not by body, not by the time that it takes.

mod login;
mod logout;
mod register;
mod session;
mod tries;

pub(crate) use login::{__path_login, login};
pub(crate) use logout::{__path_logout, logout};
pub(crate) use register::{__path_register, register};
