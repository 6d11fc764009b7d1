import type { ReactNode } from "react";
import "./globals.css";

export const metadata = { title: "Highland Coffee" };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <header>
          <a href="/">Highland Coffee</a>
        </header>
        <main>{children}</main>
      </body>
    </html>
  );
}
