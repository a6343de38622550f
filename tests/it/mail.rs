//! Mails: written once, sent once, and told when they are not.

mod access;
mod alerts;
mod crash;
mod preview;
mod schedules;
mod sendgrid;
mod smtp;
mod trials;
mod unsubscribe;
mod webhook;
