//! Registering, logging in and out, and the links in mails that help with it.
//!
//! None of the answers tells whether an address is known: not by status, not by body, not by the time that it takes.

mod forgot_password;
mod login;
mod logout;
mod one_time;
mod register;
mod reset_password;
mod session;
mod tries;
mod verify_email;

pub(crate) use forgot_password::{__path_forgot_password, forgot_password};
pub(crate) use login::{__path_login, login};
pub(crate) use logout::{__path_logout, logout};
pub(crate) use register::{__path_register, register};
pub(crate) use reset_password::{__path_reset_password, reset_password};
pub(crate) use tries::count_link;
pub(crate) use verify_email::{
    __path_send_verification, __path_verify_email, send_verification, verify_email,
};
