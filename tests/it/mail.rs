//! Mails: written once, sent once, and told when they are not.

mod preview;
mod sendgrid;
mod trials;
