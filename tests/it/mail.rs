//! Mails: written once, sent once, and told when they are not.

mod access;
mod preview;
mod schedules;
mod sendgrid;
mod trials;
mod unsubscribe;
mod webhook;
