"""Every word that people see, in English and in Polish."""
