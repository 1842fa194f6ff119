#!/usr/bin/env node
import { Command } from 'commander';

const program = new Command('hufu').version('0.1.0').description('Hufu consortium evidence ledger');
await program.parseAsync();
