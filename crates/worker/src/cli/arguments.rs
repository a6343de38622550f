use clap::{Parser, Subcommand};

use super::{
    accounts, alerts, audit, backup, cron, demo, doctor, funnel, jobs, mail, migrate, queues,
    schema, workers,
};

/// Steers Employee Suite from a terminal
#[derive(Debug, Parser)]
#[command(
    name = "suitectl",
    version,
    about,
    propagate_version = true,
    after_help = "Reads DATABASE_URL and REDIS_URL like the other programs.\nExit code: 0 fine, 1 failed or bad news, 2 wrong usage."
)]
pub struct Arguments {
    /// Write JSON for programs instead of text for people
    #[arg(long, global = true)]
    pub json: bool,

    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring the database to this version
    Migrate(migrate::Migrate),
    /// Print schema.rs as the database is
    #[command(hide = true)]
    Schema(schema::Schema),
    /// Check configuration, PostgreSQL, Redis and the fleet
    Doctor(doctor::Doctor),
    /// Merchants' accounts
    #[command(subcommand)]
    Accounts(accounts::Accounts),
    /// Background jobs of all accounts
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// The queues in which jobs wait
    #[command(subcommand)]
    Queues(queues::Queues),
    /// What the fleet does again and again
    #[command(subcommand)]
    Cron(cron::Cron),
    /// Worker processes
    #[command(subcommand)]
    Workers(workers::Workers),
    /// Who did what
    #[command(subcommand)]
    Audit(audit::Audit),
    /// What is out of order
    #[command(subcommand)]
    Alerts(alerts::Alerts),
    /// Backups on the bucket
    #[command(subcommand)]
    Backup(backup::Backup),
    /// From the sign-up to the money, month by month
    Funnel(funnel::Funnel),
    /// Mails that were written, and how they read
    #[command(subcommand)]
    Mail(mail::Mail),
    /// A shop to look at
    #[command(subcommand)]
    Demo(demo::Demo),
}
